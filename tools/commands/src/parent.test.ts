import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

it('a command ends when the shell that started it is killed', async () => {
  const script = `
    import { whenParentIsGone } from '${join(__dirname, 'parent.ts')}';
    const running = setInterval(() => undefined, 1_000);
    whenParentIsGone(() => { console.log('gone'); clearInterval(running); }, 10);
    console.log('started');`;
  // The shell has something left to do, so that it does not become the command itself.
  const shell = spawn('sh', ['-c', '"$0" --input-type=module -e "$1"; true', process.execPath, script]);
  let output = '';
  shell.stdout.on('data', (chunk) => (output += String(chunk)));
  await once(shell.stdout, 'data');
  shell.kill('SIGKILL');
  // The pipe closes once nobody holds it any more: the command has ended, too.
  await once(shell.stdout, 'close');
  expect(output).toBe('started\ngone\n');
});
