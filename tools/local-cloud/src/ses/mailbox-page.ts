/** The mailbox as a page for a person: every mail that was sent, newest first. */
import { createHash } from 'node:crypto';
import type { Mail } from './mail.ts';

/** How many mails the page shows: more than a person reads, and little enough for a browser. */
export const MOST_SHOWN = 200;

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#e3e6eb, #33383f); --soft: light-dark(#626a75, #9aa4b1);
  --card: light-dark(#fff, #1c2025); --page: light-dark(#f5f6f8, #14171b); --accent: light-dark(#2456d6, #86a8ff);
  --chip: light-dark(#e8eefc, #26324d); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 84rem; margin: 0 auto; padding: 2.5rem 1rem 4rem; }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -.01em; }
.soft { color: var(--soft); }
header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: end; justify-content: space-between; margin-bottom: 1.25rem; }
header p { margin: .15rem 0 0; }
label { display: grid; gap: .2rem; font-size: .8125rem; color: var(--soft); width: min(26rem, 100%); }
input { font: inherit; font-size: .9375rem; padding: .45rem .7rem; border: 1px solid var(--line); border-radius: .4rem;
  background: var(--card); color: inherit; width: 100%; }
input:focus-visible { outline: 2px solid var(--accent); outline-offset: -1px; }
details { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: .4rem 0; }
summary { display: grid; grid-template-columns: 10.5rem 6.5rem minmax(0, 1fr) minmax(0, 20rem); gap: 0 1rem; align-items: baseline;
  padding: .6rem 1rem; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: color-mix(in srgb, var(--accent) 5%, transparent); border-radius: .6rem; }
summary:focus-visible { outline: 2px solid var(--accent); border-radius: .6rem; }
summary b { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
summary .to { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: right; }
time { font-variant-numeric: tabular-nums; }
.kind { justify-self: start; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: 0 .55rem;
  border-radius: 1rem; background: var(--chip); color: var(--accent); font-size: .8125rem; }
details[open] summary { border-bottom: 1px solid var(--line); }
details[open] summary b { white-space: normal; overflow-wrap: anywhere; }
article { padding: .25rem 1rem 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .75rem 0; font-size: .875rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
h2 { margin: .5rem 0 .4rem; font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--soft); }
.bodies { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 0 1rem; }
.bodies section { display: flex; flex-direction: column; min-width: 0; }
iframe { width: 100%; height: 34rem; border: 1px solid var(--line); border-radius: .4rem; background: #fff; }
pre { flex: 1; margin: 0; padding: .75rem; font-size: .8125rem; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: .4rem; }
.empty { padding: 3rem 1rem; text-align: center; }
@media (max-width: 50rem) {
  summary { grid-template-columns: 1fr auto; }
  summary b, summary .to { grid-column: 1 / -1; text-align: left; }
}
`;

/** Shows the mails in which the text stands; what is sought stays in the address, so that a reload keeps it. */
const SCRIPT = `
const field = document.querySelector('input');
const mails = [...document.querySelectorAll('details')];
const none = document.querySelector('#none');
function filter() {
  const sought = field.value.trim().toLowerCase();
  for (const mail of mails) mail.hidden = !mail.dataset.about.includes(sought);
  none.hidden = mails.length === 0 || mails.some((mail) => !mail.hidden);
  history.replaceState(null, '', sought === '' ? location.pathname : '?order=' + encodeURIComponent(sought));
}
field.value = new URLSearchParams(location.search).get('order') ?? '';
field.addEventListener('input', filter);
filter();
`;

/** The one script that may run is ours, known by its hash (https://www.w3.org/TR/CSP3/#external-hash). */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`,
  'img-src data:',
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * The page for the newest of `count` mails, self-contained. A mail is somebody else's text: every value is escaped, HTML is
 * shown in a frame that may do nothing, and the content security policy lets nothing be fetched, and nothing of a mail run.
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
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>Mailbox (${count})</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<div><h1>Mailbox</h1>
<p class="soft">${count === 1 ? '1 mail' : `${count} mails`}${note}. Nothing leaves this machine.</p></div>
<label>Order id, address or subject<input type="search" spellcheck="false" autocomplete="off"></label>
</header>
${list}
<p class="empty soft" id="none" hidden>None of the mails shown here has this in it.</p>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function renderMail(mail: Mail, index: number): string {
  const html = mail.html === undefined ? '' : `<section><h2>HTML</h2>${frame(mail.html)}</section>`;
  const text = mail.text === undefined ? '' : `<section><h2>Text</h2><pre>${escape(mail.text)}</pre></section>`;
  const kind = mail.tags['kind'] === undefined ? '' : `<span class="kind">${escape(mail.tags['kind'])}</span>`;
  return `<details data-about="${escape(about(mail))}"${index === 0 ? ' open' : ''}>
<summary><time class="soft" datetime="${escape(mail.sentAt)}">${escape(moment(mail.sentAt))}</time><span>${kind}</span><b>${escape(mail.subject) || '(no subject)'}</b>
<span class="to soft">${escape(mail.to.join(', '))}</span></summary>
<article><dl>${fields(mail)}</dl><div class="bodies">${html}${text}</div></article>
</details>`;
}

/** What a mail is found by: small letters, since the script looks for them. */
function about({ subject, to, cc, bcc, tags }: Mail): string {
  return [subject, ...to, ...cc, ...bcc, ...Object.values(tags)].join(' ').toLowerCase();
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
