import type { Client } from '../../../api/cli/client';
import type { Terminal } from '../../../api/cli/terminal';
import { createClient } from '../../../api/cli/client';

export interface FakeTerminal extends Terminal {
  readonly lines: string[];
  readonly notes: string[];
  code: number | undefined;
}

/** A terminal that remembers; its client speaks to `address`. */
export function fakeTerminal(address: string): FakeTerminal {
  const client: Client = createClient(address);
  const terminal: FakeTerminal = {
    lines: [],
    notes: [],
    code: undefined,
    interactive: false,
    out: (line) => void terminal.lines.push(line),
    note: (line) => void terminal.notes.push(line),
    client: () => client,
    exitWith: (code) => {
      terminal.code = code;
    },
  };
  return terminal;
}
