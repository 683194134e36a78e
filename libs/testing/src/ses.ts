/** An SES for the tests of whoever sends mail. */
import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { Cloud } from '@distributed-patterns/local-cloud';
import * as z from 'zod';
import { clientOf, startCloudWith } from './cloud.ts';

const mailSchema = z.object({
  messageId: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
});

/** A mail as its recipient would find it. */
export type ReceivedMail = z.infer<typeof mailSchema>;

/** An SES with an empty mailbox; it refuses mail to addresses that end in `.invalid`. */
export interface TestSes {
  readonly client: SESv2Client;
  /** A configuration set that exists. */
  readonly configurationSet: string;
  /** Faults to inject at `ses.SendEmail`. */
  readonly faults: Cloud['faults'];
  /** Every mail that was sent, oldest first. */
  mailbox(): Promise<ReceivedMail[]>;
  stop(): Promise<void>;
}

/** Starts an SES on a free port of the loopback interface. Call `stop` once the tests are done. */
export async function startSes(): Promise<TestSes> {
  const configurationSet = 'test-mails';
  const cloud = await startCloudWith({
    Mails: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: configurationSet } },
  });
  const client = new SESv2Client(clientOf(cloud));
  return {
    client,
    configurationSet,
    faults: cloud.faults,
    async mailbox() {
      const response = await fetch(`${cloud.awsUrl}/_local-cloud/mailbox`);
      return z
        .array(mailSchema)
        .parse(await response.json())
        .reverse();
    },
    async stop() {
      client.destroy();
      await cloud.stop();
    },
  };
}
