/** Runs the steps of a suite one by one; a step that fails is told and written down, and the next one is run. */
const MESSAGE_CHARACTERS_MAX = 300;

export function createSteps(say) {
  const failed = [];
  return {
    /** @returns what the step gives, undefined when it fails */
    async run(name, step) {
      try {
        const value = await step();
        if (value !== undefined) say(`${name}: ${summary(value)}`);
        return value;
      } catch (error) {
        const message = (error instanceof Error ? error.message : String(error)).slice(
          0,
          MESSAGE_CHARACTERS_MAX,
        );
        failed.push({ name, message });
        say(`${name}: FAILED: ${message}`);
        return undefined;
      }
    },
    failed,
    /** Markdown, empty when all went well. */
    report() {
      if (failed.length === 0) return '';
      const lines = failed.map(({ name, message }) => `- ${name}: ${message.replace(/\s+/g, ' ')}`);
      return `\nSteps that failed and are missing above:\n\n${lines.join('\n')}\n`;
    },
  };
}

/** Numbers with the digits a person reads; lists stay out. */
function summary(value) {
  if (typeof value !== 'object' || value === null) return String(value);
  const plain = Object.entries(value).filter(([, one]) => typeof one !== 'object');
  return plain
    .map(([name, one]) => `${name} ${typeof one === 'number' ? Number(one.toPrecision(5)) : one}`)
    .join(', ');
}
