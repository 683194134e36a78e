/** What whoever decides does when someone else was faster: looks again and decides again. */
import { conflictAttempts } from '@distributed-patterns/durations';
import { backoff, type Pause } from './backoff.ts';
import { VersionClash } from './transaction.ts';

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
      if (!(error instanceof VersionClash) || decision === conflictAttempts.decision) throw error;
      await pause(decision);
    }
  }
}
