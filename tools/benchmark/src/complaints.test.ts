import { Complaints } from './complaints.ts';

const said = (...pieces: readonly string[]) => {
  const lines: string[] = [];
  const complaints = new Complaints((line) => lines.push(line));
  for (const piece of pieces) complaints.take(piece);
  complaints.end();
  return lines;
};

describe('what the runtime complains of', () => {
  it('is printed once, and in the end how often it was said, whatever request it was about', () => {
    const timeout = (id: string) => `local-cloud: ${id} timed out\n`;
    expect(
      said(
        timeout('152dba6b-fffe-4d93-a44c-97c76de5e8b7'),
        timeout('6002b2a3-805e-48f2-b18c-ca18a84a003f'),
        'local-cloud: something else\n',
      ),
    ).toEqual([
      'local-cloud: 152dba6b-fffe-4d93-a44c-97c76de5e8b7 timed out',
      'local-cloud: something else',
      'local-cloud: … timed out (2 times)',
    ]);
  });

  it('may come in pieces, between lines of other origin', () => {
    expect(said('Debugger listening\nlocal-', 'cloud: broken\nFor help, see')).toEqual(['local-cloud: broken']);
  });
});
