/** The operations that write: what Lambda calls as a function's role, and what anybody may. */
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { type BoundOperation, operationsWith } from '../service.ts';
import { refuseBatch, sortOut } from './event-batch.ts';
import type { EventStore } from './event-store.ts';
import { existing, groupName, missing, onGroup, onStream, stream } from './names.ts';

/** PutLogEvents takes this many events a call. */
const MOST_EVENTS = 10_000;

const checked = operationsWith('InvalidParameterException');

/** CreateLogGroup, CreateLogStream, PutLogEvents: what Lambda calls as a function's role before it writes. */
export function writingOperations(store: EventStore, clock: Clock): Readonly<Record<string, BoundOperation>> {
  return {
    CreateLogGroup: checked(z.strictObject({ logGroupName: groupName }), {
      needs: ({ logGroupName }) => onGroup('CreateLogGroup', logGroupName),
      run({ logGroupName }) {
        if (store.group(logGroupName) !== undefined)
          throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
        store.declareGroup(logGroupName, undefined);
        return {};
      },
    }),
    CreateLogStream: checked(z.strictObject({ logGroupName: groupName, logStreamName: stream }), {
      needs: ({ logGroupName, logStreamName }) => onStream('CreateLogStream', logGroupName, logStreamName),
      run({ logGroupName, logStreamName }) {
        existing(store, logGroupName);
        if (store.createStream(logGroupName, logStreamName)) return {};
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      },
    }),
    PutLogEvents: checked(
      z.strictObject({
        logGroupName: groupName,
        logStreamName: stream,
        // Lambda asks with an empty batch whether it may write.
        logEvents: z.array(z.strictObject({ timestamp: z.int().min(0), message: z.string().min(1) })).max(MOST_EVENTS),
      }),
      {
        needs: ({ logGroupName, logStreamName }) => onStream('PutLogEvents', logGroupName, logStreamName),
        run({ logGroupName, logStreamName, logEvents }) {
          const { retention } = existing(store, logGroupName);
          if (!store.hasStream(logGroupName, logStreamName)) throw missing('stream');
          refuseBatch(logEvents);
          const { accepted, rejectedLogEventsInfo } = sortOut(logEvents, clock.now(), retention);
          store.write(logGroupName, logStreamName, accepted);
          // What is answered is stored, unlike the lines of functions, which nobody waits for.
          store.flush();
          return { rejectedLogEventsInfo };
        },
      },
    ),
  };
}
