/** What the page shows of an account; the page escapes its text. */
export interface CreditsRow {
  readonly clientId: string;
  readonly credits: number;
  readonly setTo: number;
  readonly refills: number;
  /** Milliseconds since the epoch. */
  readonly refilledAt: number | null;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

function refillsOf({ refills, refilledAt, setTo }: CreditsRow): string {
  if (refilledAt === null) return 'never';
  const times = refills === 1 ? 'once' : `${refills} times`;
  return `${times} to ${setTo}, last at ${new Date(refilledAt).toISOString()}`;
}

function rowOf(row: CreditsRow): string {
  const clientId = escaped(row.clientId);
  return `<tr>
<td>${clientId}</td><td>${row.credits}</td><td>${refillsOf(row)}</td>
<td><form method="post" action="credits">
<input type="hidden" name="clientId" value="${clientId}">
<input type="number" name="credits" min="0" max="1000000000" step="1" value="${row.setTo}"
  required aria-label="Credits of ${clientId}">
<button>Set</button>
</form></td>
</tr>`;
}

/** A page that shows every account's credits and sets them. */
export function creditsPage(rows: readonly CreditsRow[]): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Credits of the sandbox</title>
<style>body{font:1rem system-ui;margin:2rem}td,th{padding:.3rem 1rem .3rem 0;text-align:left}</style>
</head>
<body>
<h1>Credits of the sandbox</h1>
<table>
<tr><th>Client id</th><th>Credits</th><th>Refilled</th><th>Set to</th></tr>
${rows.map(rowOf).join('\n')}
</table>
<p>A task costs 10. Credits that fall under 100 are refilled to what they were last set to.
Credits that were set to less than 100 run out.</p>
</body>
</html>
`;
}
