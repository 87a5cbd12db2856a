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

/** Numbers with the digits a person reads, and what happened second by second. */
function summary(value) {
  if (typeof value !== 'object' || value === null) return String(value);
  const shown = Object.entries(value).filter(
    ([, one]) => typeof one !== 'object' || (Array.isArray(one) && typeof one[0] === 'number'),
  );
  return shown.map(([name, one]) => `${name} ${shortly(one)}`).join(', ');
}

function shortly(one) {
  if (Array.isArray(one)) return one.join(' ');
  return typeof one === 'number' ? Number(one.toPrecision(5)) : one;
}
