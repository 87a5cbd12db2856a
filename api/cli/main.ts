#!/usr/bin/env node
/** The `perennial` command: a client of the API, which also starts the local stack. */
import { loadConfig } from '../../infra/config';
import { createClient } from './client';
import { runProgram } from './program';

// A reader that has seen enough (`| head`) is no fault.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });

void runProgram(
  {
    out: (line) => process.stdout.write(`${line}\n`),
    note: (line) => process.stderr.write(`${line}\n`),
    interactive: process.stderr.isTTY,
    client: () => {
      const { host, port } = loadConfig().api;
      return createClient(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
    },
    exitWith: (code) => {
      process.exitCode = code;
    },
  },
  process.argv.slice(2),
);
