import { announce, inventoryReserved } from '@distributed-patterns/contracts';
import { stamp, systemClockAndIds } from './stamp.ts';

const clockAndIds = { now: () => new Date('2026-01-15T09:30:00.000Z'), newId: () => 'new-id' };
const announcement = announce(inventoryReserved, { orderId: '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70' });

describe('a stamped announcement', () => {
  it('says what it is, when it was said, and what caused it', () => {
    const message = stamp(
      announcement,
      { id: 'command-1', correlationId: 'story-1', replyToken: 'token' },
      clockAndIds,
    );
    expect(message).toEqual({
      type: 'InventoryReserved',
      source: 'inventory',
      metadata: {
        id: 'new-id',
        version: 1,
        occurredAt: '2026-01-15T09:30:00.000Z',
        correlationId: 'story-1',
        causationId: 'command-1',
        replyToken: 'token',
      },
      data: { orderId: '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70' },
    });
  });

  it('carries no token where its cause has none', () => {
    const { metadata } = stamp(announcement, { id: 'request-1', correlationId: 'story-1' }, clockAndIds);
    expect(metadata).not.toHaveProperty('replyToken');
  });
});

it('the machine’s ids are uuids of version 7, which sort by time', () => {
  const ids = Array.from({ length: 50 }, () => systemClockAndIds.newId());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(50);
  expect([...ids].sort()).toEqual(ids);
});
