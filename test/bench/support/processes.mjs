/** CPU time and memory of a process and everything below it, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const CLOCK_TICKS_PER_SECOND = 100;

/** Pids of `root` and all its descendants. */
function family(root) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) parents.set(Number(name), stat.parent);
  }
  const members = [root];
  for (const member of members) {
    for (const [pid, parent] of parents) if (parent === member) members.push(pid);
  }
  return members;
}

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
      parent: Number(fields[1]),
      cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_SECOND,
    };
  } catch {
    return undefined; // it has ended
  }
}

/** CPU milliseconds so far, by name of process. */
export function cpuMsByName(root) {
  const used = {};
  for (const pid of family(root)) {
    const stat = statOf(pid);
    if (!stat) continue;
    const name = nameOf(pid, stat.name, root);
    used[name] = (used[name] ?? 0) + stat.cpuMs;
  }
  return used;
}

const KILOBYTE = 1_024;

/** Bytes of resident memory now, by name of process; the largest where a name is not alone. */
export const residentBytesByName = (root) => memoryByName(root, 'VmRSS');
/** The most that there was of it so far. */
export const peakBytesByName = (root) => memoryByName(root, 'VmHWM');

function memoryByName(root, field) {
  const sizes = {};
  for (const pid of family(root)) {
    const stat = statOf(pid);
    const size = stat && statusOf(pid, field);
    if (!size) continue;
    const name = nameOf(pid, stat.name, root);
    sizes[name] = Math.max(sizes[name] ?? 0, size * KILOBYTE);
  }
  return sizes;
}

function statusOf(pid, field) {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  } catch {
    return undefined; // it has ended
  }
}

const ROLES = ['orchestrator', 'generator', 'transformer', 'api', 'guard', 'temporal'];

/** The kernel cuts titles at 15 characters; ours begin with the product's name. */
function nameOf(pid, title, root) {
  if (pid === root) return 'supervisor';
  const start = title.replace(/^perennial ?/, '');
  return ROLES.find((role) => role.startsWith(start.split(' ')[0])) ?? title;
}
