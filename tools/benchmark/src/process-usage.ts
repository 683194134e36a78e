/** What processes use, as Linux tells it in /proc; other systems tell nothing here. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc, which Linux has fixed for what it tells programs (man 5 proc, USER_HZ). */
const TICKS = 100;

/** CPU seconds that a process has used so far, all of its threads together; undefined where nobody tells. */
export function cpuSecondsOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : cpuSecondsIn(stat);
}

/** User and system time in the text of /proc/<pid>/stat, whose second field is in brackets and may hold anything. */
export function cpuSecondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** CPU seconds that the whole machine has used since it started; undefined where nobody tells. */
export function machineCpuSeconds(): number | undefined {
  const stat = read('/proc/stat');
  return stat === undefined ? undefined : machineCpuSecondsIn(stat);
}

/** All but idle time, waiting for disks and what is counted twice, in the first line of /proc/stat (man 5 proc). */
export function machineCpuSecondsIn(stat: string): number {
  const [, user, nice, system, , , irq, softirq] = (stat.split('\n', 1)[0] ?? '').split(/ +/).map(Number);
  return [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / TICKS;
}

/** Resident memory of a process in MiB; undefined where nobody tells. */
export function residentMebibytesOf(pid: number): number | undefined {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  return (entries(`/proc/${pid}/task`) ?? [])
    .flatMap((thread) => (read(`/proc/${pid}/task/${thread}/children`) ?? '').split(' '))
    .filter((text) => text !== '')
    .map(Number);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // Another system, or the process has ended.
  }
}

function entries(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
