/** What every message on the bus looks like, and how its contract is written down. */
import * as z from 'zod';

/** The services, each the owner of its part of the system. */
export const services = ['order', 'inventory', 'payment', 'notification', 'orchestrator'] as const;
export type Service = (typeof services)[number];

/** Who may send a message: a service, or a person who decides about a parked saga. */
export const sources = [...services, 'operator'] as const;
export type Source = (typeof sources)[number];

/** The part that is the same in every message. */
export const metadataSchema = z.object({
  /** Opaque and unique: the same message delivered twice carries the same id. */
  id: z.string().min(1),
  version: z.int().positive(),
  occurredAt: z.iso.datetime(),
  /** The same through the whole story that one request set off. */
  correlationId: z.string().min(1),
  /** The id of the message, or of the request, that led to this one; a saga's commands name the event that started it. */
  causationId: z.string().min(1),
  /** Opaque to all but the orchestrator: an answer to a command carries the command's token back. */
  replyToken: z.string().min(1).optional(),
});
export type Metadata = z.infer<typeof metadataSchema>;

/** The contract of one version of one message. */
export interface MessageContract<Type extends string = string, Data extends z.ZodType = z.ZodType> {
  /** EventBridge's `detail-type`. */
  readonly type: Type;
  /** EventBridge's `source`: the only sender whose messages of this type are believed. */
  readonly source: Source;
  readonly version: number;
  readonly data: Data;
}

/** A message as code handles it. */
export interface Message<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly source: Source;
  readonly metadata: Metadata;
  readonly data: Data;
}

/** The message that a contract describes. */
export type MessageOf<Contract extends MessageContract> = Message<Contract['type'], z.infer<Contract['data']>>;

/** Writes down the first version of a message. Readers tolerate fields that they do not know. */
export function defineMessage<const Type extends string, Data extends z.ZodType>(contract: {
  readonly type: Type;
  readonly source: Source;
  readonly data: Data;
}): MessageContract<Type, Data> {
  return { ...contract, version: 1 };
}

/** A message before it is stamped: what a decision announces, with no id, time or cause yet. */
export interface Announcement {
  readonly type: string;
  readonly source: Source;
  readonly version: number;
  readonly data: unknown;
}

/** Announces something in the words of its contract. */
export function announce<Contract extends MessageContract>(
  contract: Contract,
  data: z.infer<Contract['data']>,
): Announcement {
  return { type: contract.type, source: contract.source, version: contract.version, data };
}
