/** If these fail, the demos get no text, or a text that nobody checked. */
import { readTar } from '../../../../api/cli/demo/npm-package';

it('reads the files of a tar archive', () => {
  const entry = (name: string, text: string): Buffer => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('0', 156);
    return Buffer.concat([header, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]);
  };
  const archive = Buffer.concat([
    entry('a.json', 'x'.repeat(600)),
    entry('b.json', '{}'),
    Buffer.alloc(1_024),
  ]);
  const files = [...readTar(archive)].map(({ name, content }) => [name, content.length]);
  expect(files).toEqual([
    ['a.json', 600],
    ['b.json', 2],
  ]);
});
