/** Where a command looks: the running local-cloud, or a stage on AWS. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { CommandError } from './command-line.ts';

/** What the clients of the AWS SDK need to know. */
export interface ClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Cloud {
  readonly stage: string;
  readonly isLocal: boolean;
  readonly settings: ClientSettings;
}

/** local-cloud takes any key that is not a function's for the account's administrator. */
export function localCloud(awsUrl = `http://localhost:${process.env['AWS_PORT'] ?? '4566'}`): Cloud {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { stage: 'dev', isLocal: true, settings: { endpoint: awsUrl, region: 'us-east-1', credentials } };
}

/** The cloud that `--stage` asks for: without it the local one. */
export async function cloudOf(stage: string | undefined): Promise<Cloud> {
  return stage === undefined ? localCloud() : awsCloud(stage);
}

/** A stage on AWS, once credentials and a region have been found. */
export async function awsCloud(stage: string): Promise<Cloud> {
  if (!/^[a-z][a-z0-9]{1,5}$/.test(stage)) {
    throw new CommandError(
      `"${stage}" is no stage: it takes two to six lower-case letters and digits, such as dev or prod.`,
    );
  }
  const { config } = new LambdaClient();
  await config.credentials().catch((cause: unknown) => {
    throw new CommandError(
      'No AWS credentials were found: log in with the AWS CLI (aws configure, aws sso login) or set AWS_PROFILE.',
      { cause },
    );
  });
  await config.region().catch((cause: unknown) => {
    throw new CommandError('No AWS region is set: set AWS_REGION, or choose a profile that has one with AWS_PROFILE.', {
      cause,
    });
  });
  return { stage, isLocal: false, settings: {} };
}

/** Turns "nobody listens there" into a sentence; everything else goes on as it is. */
export async function reaching<T>(cloud: Cloud, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (cloud.isLocal && error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') {
      throw new CommandError(
        `Nothing answers at ${cloud.settings.endpoint}: run npm start first, or name a stage on AWS with --stage.`,
        { cause: error },
      );
    }
    throw error;
  }
}
