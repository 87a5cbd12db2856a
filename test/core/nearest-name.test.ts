import { nearestName } from '../../core/nearest-name';

const KNOWN = ['entigraph', 'prompt-template', 'token-editing'];

test.each([
  ['entigraf', 'entigraph'],
  ['Entigraph', 'entigraph'],
  ['promt-template', 'prompt-template'],
  ['tokne-editing', 'token-editing'],
  ['translate', undefined],
  ['', undefined],
])('%s → %s', (name, expected) => {
  expect(nearestName(name, KNOWN)).toBe(expected);
});

test('a short name forgives one error', () => {
  expect(nearestName('sed', ['seed', 'samples'])).toBe('seed');
});
