#!/usr/bin/env node
/** The `perennial` command: a client of the API, which also starts the local stack. */
import { loadConfig } from '../../infra/config';
import { createClient } from './client';
import { runProgram } from './program';

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
