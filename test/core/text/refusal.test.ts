import { looksLikeRefusal } from '../../../core/text/refusal';

test.each([
  "I'm sorry, but I can't help with that request.",
  'I’m sorry, but I can’t assist with that.',
  'Sorry, I cannot provide that information.',
  'I cannot fulfill this request.',
  "I can't help with that.",
  'I am unable to assist with this.',
  'As an AI language model, I do not have opinions.',
  'Unfortunately, I am not able to write this.',
  'I must decline.',
  '"I apologize, but I cannot generate this."',
])('refusal: %s', (text) => {
  expect(looksLikeRefusal(text)).toBe(true);
});

test.each([
  "I'm sorry I was late to your party, but the train stood still for an hour.",
  "I can't believe how good this kettle is. It boils in a minute.",
  'The sailor said: "I cannot help you", and left.',
  'Unfortunately, the lamp broke after a week.',
  'As an engineer, I like the folding hinge.',
  '',
])('text: %s', (text) => {
  expect(looksLikeRefusal(text)).toBe(false);
});
