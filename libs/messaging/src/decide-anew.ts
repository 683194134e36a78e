/** What whoever decides does when someone else was faster: looks again and decides again. */
import { backoff, type Pause } from './backoff.ts';
import { VersionClash } from './transaction.ts';

/** How often a decision is made at most. */
const DECISIONS = 10;

/**
 * Loads, decides and commits, and does it all again after a VersionClash.
 * @param pause how the next decision is put off; with exponential backoff unless told
 * @throws VersionClash when someone else was faster each time
 */
export async function decideAnew<Outcome>(decide: () => Promise<Outcome>, pause: Pause = backoff): Promise<Outcome> {
  for (let decision = 1; ; decision++) {
    try {
      return await decide();
    } catch (error) {
      if (!(error instanceof VersionClash) || decision === DECISIONS) throw error;
      await pause(decision);
    }
  }
}
