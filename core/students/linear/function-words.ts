/** English words at which no answer begins or ends. Other languages have none here, and so more candidates. */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  (
    'a an the this that these those and or but nor so yet if then than as because while although though ' +
    'of to in on at by for with from into onto over under about after before between among through during ' +
    'against without within upon near since until toward towards per via off out up down ' +
    'is are was were be been being am do does did has have had having will would shall should can could may ' +
    'might must not no it its he him his she her hers they them their theirs we us our ours you your yours i me ' +
    'my mine who whom whose which what when where why how there here also too very'
  ).split(' '),
);

const QUESTION_WORDS: ReadonlySet<string> = new Set(
  'who whom whose which what when where why how'.split(' '),
);

export const isFunctionWord = (word: string): boolean => FUNCTION_WORDS.has(word);
export const isQuestionWord = (word: string): boolean => QUESTION_WORDS.has(word);
