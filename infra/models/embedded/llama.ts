/** The part of node-llama-cpp that we use. It is loaded from the cache folder at run time, so its types are not at hand. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EMBEDDED_CONTEXT_TOKENS } from '../../config';

export type Token = number & { readonly token?: never };
/** Opaque: made and taken by the library. */
export type Grammar = object;

export interface EvaluateOptions {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly minP: number;
  readonly seed: number;
  readonly yieldEogToken: true;
  readonly grammarEvaluationState?: object;
}
/** What `controlledEvaluate` answers for a token: logits of the wanted tokens, and the weight of the whole vocabulary. */
export interface NextLogits {
  readonly next: { readonly logits: ReadonlyMap<Token, number>; readonly totalLogitWeight: number };
}
export interface Sequence {
  clearHistory(): Promise<void>;
  evaluate(tokens: readonly Token[], options: EvaluateOptions): AsyncIterable<Token>;
  controlledEvaluate(input: readonly (readonly [Token, object])[]): Promise<readonly NextLogits[]>;
}
export interface Model {
  readonly tokens: { readonly bosString: string | null; readonly eosString: string | null };
  readonly fileInfo: { readonly metadata: { readonly tokenizer?: { readonly chat_template?: string } } };
  tokenize(text: string, special?: boolean): Token[];
  detokenize(tokens: readonly Token[], special?: boolean): string;
  isEogToken(token: Token): boolean;
  createContext(options: object): Promise<{ getSequence(): Sequence }>;
}
interface Library {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<Model>;
    createGrammarForJsonSchema(schema: object): Promise<Grammar>;
  }>;
  LlamaGrammarEvaluationState: new (options: { model: Model; grammar: Grammar }) => object;
}
interface TemplateLibrary {
  Template: new (source: string) => { render(values: object): string };
}

export interface ChatTurn {
  readonly role: string;
  readonly content: string;
}

export interface Llama {
  readonly model: Model;
  readonly sequences: readonly Sequence[];
  createGrammar(schema: object): Promise<Grammar>;
  /** Where a grammar stands in one text; each generation needs its own. */
  followGrammar(grammar: Grammar): object;
  renderChat(messages: readonly ChatTurn[]): string;
}

export interface LlamaOptions {
  /** The folder that `installEmbedded` made. */
  readonly library: string;
  readonly weights: string;
  readonly sequences: number;
}

/** One thread: with two on a busy two-core machine the speed falls from 60 tokens a second to 1. */
const THREADS = 1;
const BATCH_TOKENS = 512;

export async function loadLlama({ library, weights, sequences }: LlamaOptions): Promise<Llama> {
  const entry = pathToFileURL(join(library, 'node_modules/node-llama-cpp/dist/index.js')).href;
  const { getLlama, LlamaGrammarEvaluationState } = (await import(entry)) as Library;
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    logLevel: 'error',
    maxThreads: THREADS,
  });
  const model = await llama.loadModel({ modelPath: weights });
  const context = await model.createContext({
    contextSize: EMBEDDED_CONTEXT_TOKENS,
    batchSize: BATCH_TOKENS,
    sequences,
    threads: THREADS,
  });
  const { Template } = createRequire(join(library, 'package.json'))('@huggingface/jinja') as TemplateLibrary;
  const source = model.fileInfo.metadata.tokenizer?.chat_template;
  const template = source === undefined ? undefined : new Template(source);
  return {
    model,
    sequences: Array.from({ length: sequences }, () => context.getSequence()),
    createGrammar: (schema) => llama.createGrammarForJsonSchema(schema),
    followGrammar: (grammar) => new LlamaGrammarEvaluationState({ model, grammar }),
    renderChat(messages) {
      if (template === undefined) throw new Error('the weights hold no chat template');
      return template.render({
        messages,
        add_generation_prompt: true,
        bos_token: model.tokens.bosString,
        eos_token: model.tokens.eosString,
      });
    },
  };
}
