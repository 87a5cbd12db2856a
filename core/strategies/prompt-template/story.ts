/** The story branches on nothing. */
export type PromptTemplateFacts = Readonly<Record<string, never>>;

export const GENERATE = 'generate';
