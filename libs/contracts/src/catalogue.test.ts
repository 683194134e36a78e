import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { contracts, messageTypesOf } from './catalogue.ts';
import { metadataSchema, sources } from './message.ts';

const samplesFolder = join(__dirname, '../samples');
const sampleSchema = z.object({
  source: z.enum(sources),
  'detail-type': z.string(),
  detail: z.object({ metadata: metadataSchema, data: z.unknown() }),
});

const samples = readdirSync(samplesFolder).map((file) => ({
  file,
  sample: sampleSchema.parse(JSON.parse(readFileSync(join(samplesFolder, file), 'utf8'))),
}));

describe('the contracts', () => {
  it.each(samples)('can read every version ever published: $file', ({ file, sample }) => {
    const contract = contracts[sample['detail-type']];
    expect(file).toBe(`${sample['detail-type']}.v${sample.detail.metadata.version}.json`);
    expect(sample.source).toBe(contract?.source);
    expect(contract?.data.parse(sample.detail.data)).toEqual(sample.detail.data);
  });

  it('have a sample for each message', () => {
    const sampled = samples.map(({ sample }) => sample['detail-type']).sort();
    expect(sampled).toEqual(Object.keys(contracts).sort());
  });

  it('tolerate a field that a later version adds', () => {
    const sample = samples.find(({ file }) => file === 'OrderPlaced.v1.json')?.sample.detail.data;
    const later = Object.assign({}, sample, { giftWrap: true });
    expect(contracts['OrderPlaced']?.data.parse(later)).toEqual(sample);
  });

  it('say what each source may send', () => {
    expect(messageTypesOf('inventory')).toEqual([
      'InventoryRejected',
      'InventoryReleased',
      'InventoryReserved',
      'ProductPriceChanged',
      'ReservationOverdue',
      'StockDepleted',
      'StockReplenished',
    ]);
    expect(messageTypesOf('operator')).toEqual(['OperatorDecision']);
  });
});
