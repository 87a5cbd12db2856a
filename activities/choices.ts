/** Answers that only let a stage go on: they say nothing that a story would branch on. */
const GOES_ON: readonly string[] = ['accept', 'retry'];

/** A stage's answer for the story: of several answers the one that asks for something. */
export function standingChoice(byCode: Readonly<Record<string, string>>): string | undefined {
  const { 'code-changed': _code, 'too-many-bad-rows': _bad, ...rest } = byCode;
  const choices = Object.values(rest);
  return choices.find((choice) => !GOES_ON.includes(choice)) ?? choices[0];
}
