/** What must be stopped when the run is broken off: a killed benchmark leaves no stack behind. */
const stops = new Set();
const EXIT_INTERRUPTED = 130;

/** @returns how to forget it */
export function atExit(stop) {
  stops.add(stop);
  return () => stops.delete(stop);
}

export function stopOnSignals() {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (asked) process.exit(EXIT_INTERRUPTED);
      asked = true;
      void Promise.allSettled([...stops].map((stop) => stop())).then(() => process.exit(EXIT_INTERRUPTED));
    });
  }
}
