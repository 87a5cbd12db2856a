import { scrub } from '../../../infra/models/scrub';

test.each([
  ['the key abcd1234 is bad', 'abcd1234', 'the key *** is bad'],
  ['Incorrect API key provided: sk-proj-ab*****yz.', undefined, 'Incorrect API key provided: ***'],
  ['Authorization: Bearer eyJhbGciOi.x', undefined, 'Authorization: ***'],
  ['the risk-free rate', 'a', 'the risk-free rate'],
])('%s', (text, key, expected) => {
  expect(scrub(text, key)).toBe(expected);
});
