/**
 * `node guard.js <name> <pid file> <command> [arguments]` runs a foreign program, which knows nothing of us, in a
 * process group of its own, and ends the whole group when standard input closes. On Linux the kernel also kills the
 * program should this guard be killed itself.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { identify, signalGroup } from './process-identity';

const TERMINATE_MS = 8_000;

function withDeathSignal(command: string, rest: readonly string[]): [string, readonly string[]] {
  if (process.platform !== 'linux') return [command, rest];
  const works = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status === 0;
  return works ? ['setpriv', ['--pdeathsig', 'KILL', command, ...rest]] : [command, rest];
}

function endWith(child: ChildProcess, pid: number): void {
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    signalGroup(pid, 'SIGTERM');
    setTimeout(() => signalGroup(pid, 'SIGKILL'), TERMINATE_MS).unref();
  };
  for (const event of ['end', 'close', 'error'] as const) process.stdin.once(event, end);
  process.stdin.resume();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
  child.once('exit', (code, signal) => {
    // What the program has started itself must not outlive it.
    signalGroup(pid, 'SIGKILL');
    if (signal !== null && !ending) console.error(`ended by ${signal}`);
    process.exit(ending ? 0 : (code ?? 1));
  });
}

function main(): void {
  const [name = '', pidFile = '', command = '', ...rest] = process.argv.slice(2);
  process.title = `perennial guard ${name}`;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const [file, full] = withDeathSignal(command, rest);
  const child = spawn(file, full, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  child.once('error', (error) => {
    console.error(`cannot start ${command}: ${error.message}`);
    process.exit(1);
  });
  if (child.pid === undefined) return;
  writeFileSync(pidFile, JSON.stringify(identify(child.pid) ?? {}));
  endWith(child, child.pid);
}

main();
