import {createHash} from 'node:crypto';
import type {Parts} from './parts.ts';
import type {ComparisonParts} from './runs/runs-parts.ts';

/** The code of the page, which the build makes from `src/page`. */
export interface PageCode {
  readonly script: string;
  readonly style: string;
}

/** The source of the page's data: embedded, or from the server that sent it. */
export type PageData =
  | {readonly kind: 'embedded'; readonly parts: Parts | ComparisonParts}
  /** `up`: the relative address of the page of all runs, if there is one above it. */
  | {readonly kind: 'live'; readonly up: string | undefined};

/**
 * An HTML file that loads nothing: the policy allows only the script and the style whose digests it names, and pictures
 * are embedded. A live page may also connect to its own server.
 */
export function pageHtml(data: PageData, title: string, {script, style}: PageCode): string {
  const content =
    data.kind === 'embedded'
      ? `<script type="application/json" id="parts">${jsonText(data.parts)}</script>`
      : '';
  const up =
    data.kind === 'live' && data.up !== undefined ? `\n<link rel="up" href="${data.up}">` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(data.kind, {script, style})}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>${up}
<style>${style}</style>
</head>
<body>
<div id="page"><noscript><p>This page needs JavaScript: it draws what it holds. It loads nothing from anywhere.</p></noscript></div>
${content}
<script>${script}</script>
</body>
</html>
`;
}

/** The content security policy of the page. */
export function policy(kind: PageData['kind'], {script, style}: PageCode): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src data:',
    ...(kind === 'live' ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** JSON whose texts cannot end the element that contains it. */
function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character]!);
}
