/** The strategy's own part of report and card: what was shown, and everything that it rests on. */
import type { Section } from '../../report';
import type { PublishContext, StrategyReport } from '../../strategy';
import type { ErrorExtrapolationParams } from './params';
import { armsSection, comparisonsSection } from './report-arms';
import { artefactsSection } from './report-artefacts';
import { claimsReport } from './report-claims';
import { filtersSection, qualitySection, tallyLosses } from './report-losses';
import { measuresSection } from './report-measures';
import { noiseSection } from './report-noise';
import { readRounds } from './report-read-rounds';
import { labelsSection } from './report-round-charts';
import { roundsSection } from './report-rounds';
import { readTest } from './report-tested';
import { triplesSection } from './report-triples';
import type { Facts } from './report-words';
import { countOf, list } from './report-words';
import { goldFactsOf } from './stages/gold-facts';

type Context = PublishContext<ErrorExtrapolationParams>;

/** Everything is read from what the stages left: the same job gives the same report. */
export async function reportErrorExtrapolation(context: Context): Promise<StrategyReport> {
  const { read, params } = context;
  const rounds = await readRounds(context);
  const tested = await readTest(context);
  const prepared = (await read.stage('prepare'))?.facts ?? {};
  const preflight = (await read.stage('preflight'))?.facts ?? {};
  const warnings = [...warningsOf(prepared), ...warningsOf(preflight)];
  const claims = claimsReport(context, rounds, tested, warnings);
  const losses = await tallyLosses(context, rounds.last);
  const labels = labelsSection(rounds.rounds, params, (await goldFactsOf(read)).shares);
  const sections: readonly Section[] = [
    claims.section,
    await roundsSection(context, rounds),
    ...(labels === undefined ? [] : [labels]),
    await armsSection(context, tested),
    comparisonsSection(context, tested),
    filtersSection(context, losses),
    qualitySection(losses, preflight),
    await artefactsSection(read, params, rounds.rounds),
    await measuresSection(context, rounds.last),
    goldSection(prepared, warnings),
    await noiseSection(context, rounds.last),
    await triplesSection(context, rounds.last),
  ];
  return { verdict: claims.verdict, notes: claims.notes, sections };
}

function goldSection(prepared: Facts, warnings: readonly string[]): Section {
  const facts = {
    'gold rows': countOf(prepared['gold']),
    'mine: errors are found here': countOf(prepared['mine']),
    'select: rounds are scored here': countOf(prepared['select']),
    'test: looked at once': countOf(prepared['test']),
    'lines dropped': countOf(prepared['dropped']),
    'contexts to write about': countOf(prepared['contexts']),
  };
  return { title: 'Gold', blocks: [{ type: 'facts', facts }, ...list(warnings)] };
}

function warningsOf(facts: Facts): string[] {
  const { warnings } = facts;
  return Array.isArray(warnings) ? warnings.filter((one): one is string => typeof one === 'string') : [];
}
