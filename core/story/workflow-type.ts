/** `prompt-template` → `promptTemplate`: workflow types are function names. */
export function workflowTypeOf(strategyName: string): string {
  return strategyName.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
