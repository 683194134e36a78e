import { canonical, decodeForm } from './form.ts';

describe('a form (https://docs.stripe.com/api)', () => {
  it('nests by brackets, with lists by number or without', () => {
    expect(decodeForm('a=1&m[x]=2&m%5By%5D=a%20b&l[0]=p&l[1]=q&e[]=r&e[]=s&d[0][k]=v')).toEqual({
      a: '1',
      m: { x: '2', y: 'a b' },
      l: ['p', 'q'],
      e: ['r', 's'],
      d: [{ k: 'v' }],
    });
  });

  it('is the same in any order', () => {
    expect(canonical(decodeForm('a=1&m[x]=2&m[y]=3'))).toBe(canonical(decodeForm('m[y]=3&m[x]=2&a=1')));
    expect(canonical(decodeForm('a=1'))).not.toBe(canonical(decodeForm('a=2')));
  });

  it.each(['a[=1', '[a]=1', 'a=1&a[b]=2', 'a[b]=2&a=1', `a${'[b]'.repeat(9)}=1`])('cannot be %s', (text) => {
    expect(() => decodeForm(text)).toThrow('Invalid request');
  });

  it('cannot reach a prototype', () => {
    decodeForm('__proto__[polluted]=1&constructor[prototype][polluted]=1');
    expect(Object.keys({})).toEqual([]);
    expect('polluted' in {}).toBe(false);
  });
});
