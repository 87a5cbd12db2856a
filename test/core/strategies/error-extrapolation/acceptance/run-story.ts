/** Runs the story itself, the workflow's own code, over a run in memory: no Temporal, no database, no network. */
import type { StageResult } from '../../../../../core/story/ports';
import type { MemoryResult, RunOptions } from '../../../../support/run-strategy';
import { MemoryRun, resultOf } from '../../../../support/run-strategy';
import { errorExtrapolation as strategy } from '../../../../../core/strategies/error-extrapolation';
import { errorExtrapolation as story } from '../../../../../workflows/error-extrapolation';

export {}
