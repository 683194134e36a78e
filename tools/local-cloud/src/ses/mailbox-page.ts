/** The mailbox as a page for a person: every mail that was sent, newest first. */
import type { Mail } from './mail.ts';

/** How many mails the page shows: more than a person reads, and little enough for a browser. */
export const MOST_SHOWN = 200;

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#e3e6eb, #33383f); --soft: light-dark(#626a75, #9aa4b1);
  --card: light-dark(#fff, #1c2025); --page: light-dark(#f5f6f8, #14171b); --accent: light-dark(#2456d6, #86a8ff); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 2.5rem 1rem 4rem; }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -.01em; }
.soft { color: var(--soft); }
header { margin-bottom: 1.5rem; }
header p { margin: .15rem 0 0; }
details { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: .5rem 0; }
summary { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; padding: .75rem 1rem; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:focus-visible { outline: 2px solid var(--accent); border-radius: .6rem; }
summary b { overflow-wrap: anywhere; }
details[open] summary { border-bottom: 1px solid var(--line); }
article { padding: .25rem 1rem 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .75rem 0; font-size: .875rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
h2 { margin: 1rem 0 .4rem; font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--soft); }
iframe { width: 100%; height: 24rem; border: 1px solid var(--line); border-radius: .4rem; background: #fff; }
pre { margin: 0; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: .4rem; }
.empty { padding: 3rem 1rem; text-align: center; }
`;

/**
 * The page for the newest of `count` mails, self-contained. A mail is somebody else's text: every value is escaped, HTML is shown in a frame that may
 * do nothing, and the content security policy lets nothing be fetched or run.
 */
export function renderMailbox(mails: readonly Mail[], count: number): string {
  const note = count > mails.length ? `, the newest ${mails.length} of them shown` : '';
  const list =
    mails.length > 0 ? mails.map(renderMail).join('\n') : '<p class="empty soft">No mail has been sent yet.</p>';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'">
<title>Mailbox (${count})</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>Mailbox</h1>
<p class="soft">${count === 1 ? '1 mail' : `${count} mails`}${note}. Nothing leaves this machine.</p>
</header>
${list}
</main>
</body>
</html>
`;
}

function renderMail(mail: Mail, index: number): string {
  const html = mail.html === undefined ? '' : `<h2>HTML</h2>${frame(mail.html)}`;
  const text = mail.text === undefined ? '' : `<h2>Text</h2><pre>${escape(mail.text)}</pre>`;
  return `<details${index === 0 ? ' open' : ''}>
<summary><b>${escape(mail.subject) || '(no subject)'}</b> <time class="soft" datetime="${mail.sentAt}">${moment(mail.sentAt)}</time>
<span class="soft">${escape(mail.to.join(', '))}</span></summary>
<article><dl>${fields(mail)}</dl>${html}${text}</article>
</details>`;
}

function fields(mail: Mail): string {
  const rows: [string, string | undefined][] = [
    ['From', mail.from],
    ['To', mail.to.join(', ')],
    ['Cc', mail.cc.join(', ')],
    ['Bcc', mail.bcc.join(', ')],
    ['Reply to', mail.replyTo.join(', ')],
    ['Configuration set', mail.configurationSet],
    [
      'Tags',
      Object.entries(mail.tags)
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
    ],
    ['Message id', mail.messageId],
  ];
  return rows.map(([name, value]) => (value ? `<dt>${name}</dt><dd>${escape(value)}</dd>` : '')).join('');
}

function frame(html: string): string {
  return `<iframe sandbox="" loading="lazy" title="The mail as HTML" srcdoc="${escape(html)}"></iframe>`;
}

function moment(sentAt: string): string {
  return sentAt.replace('T', ' ').slice(0, 19);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
