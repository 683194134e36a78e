/** Writes the access logs of stages, in the background: no request waits for its line. */
import { AwsError } from '../aws-error.ts';
import { messageOf } from '../error-text.ts';
import type { Ground } from '../part.ts';
import { accessLogLine, type LoggedRequest } from './access-log-format.ts';
import type { AccessLogSettings } from './registry.ts';
import type { LogSink } from '../logs/index.ts';

/** The service that carries logs to where they are asked for writes as nobody's role. */
const WRITER = { type: 'administrator' } as const;

/**
 * A line for each request that a stage has answered, in the log group that the stage names.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
 */
export class AccessLog {
  readonly #ground: Ground;
  readonly #logs: LogSink;
  readonly #streams = new Map<string, Promise<boolean>>();

  constructor(ground: Ground, logs: LogSink) {
    this.#ground = ground;
    this.#logs = logs;
  }

  write(logged: LoggedRequest): void {
    const { api, stage } = logged.selection;
    const { accessLog } = stage;
    if (accessLog === undefined) return;
    const stream = `${api.id}/${stage.name}`;
    const event = { timestamp: logged.receivedAt, message: accessLogLine(accessLog.format, logged) };
    this.#ground.activity.begin(async () => {
      if (await this.#open(accessLog, stream)) this.#logs.write(accessLog.logGroup, stream, [event]);
    });
  }

  /** Whether the stream is there; where it cannot be, that is told once. */
  #open(settings: AccessLogSettings, stream: string): Promise<boolean> {
    const opened = this.#streams.get(stream) ?? this.#create(settings, stream);
    this.#streams.set(stream, opened);
    return opened;
  }

  async #create({ logGroup }: AccessLogSettings, stream: string): Promise<boolean> {
    const names = { logGroupName: logGroup, logStreamName: stream };
    try {
      await this.#ground.dispatcher.call('logs', 'CreateLogStream', names, WRITER);
      return true;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ResourceAlreadyExistsException') return true;
      this.#ground.report(`the access log of ${stream} is lost: ${messageOf(error)}`);
      return false;
    }
  }
}
