/** The shell of every command: options, help, and errors that a person can act on. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What a person can mend: printed as one sentence, without a stack trace. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

type Options = NonNullable<ParseArgsConfig['options']>;

interface CommandLine<T extends Options> {
  /** Printed for `--help`, and after a wrong option. */
  readonly help: string;
  readonly options: T;
  /** How many words may stand beside the options. */
  readonly words?: number;
}

/** The options and words of this process; prints the help and ends if that is what was asked. */
export function readCommandLine<const T extends Options>({ help, options, words = 0 }: CommandLine<T>) {
  const all = { ...options, help: { type: 'boolean', short: 'h' } } as const;
  const parsed = parseOr(help, () => parseArgs({ options: all, allowPositionals: words > 0, strict: true }));
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    console.log(help);
    process.exit(0);
  }
  if (parsed.positionals.length > words) {
    throw new CommandError(`Unexpected: ${parsed.positionals.slice(words).join(' ')}\n\n${help}`);
  }
  return parsed;
}

/** Runs a command; an error that it foresaw, or that AWS answered, becomes a sentence and the exit code 1. */
export async function main(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (error instanceof CommandError) console.error(error.message);
    else if (error instanceof Error && '$metadata' in error)
      console.error(`AWS answers ${error.name}: ${error.message}`);
    else throw error;
    process.exit(1);
  }
}

function parseOr<R>(help: string, parse: () => R): R {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CommandError(`${error.message}\n\n${help}`);
  }
}
