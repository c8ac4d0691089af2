// The HTML form of an e-mail: the same lines as the plain text, the first one large, nothing loaded from anywhere.
import type { Severity } from '../../alarms/rules/rule.ts'
import { escapeHtml } from './plain-text.ts'

/** Dark enough on white for small text (WCAG AA). */
const colours: Readonly<Record<Severity | 'over', string>> = {
  critical: '#b00020',
  major: '#9a3412',
  minor: '#854d0e',
  warning: '#854d0e',
  info: '#1d4ed8',
  over: '#166534',
}

export function htmlLetter(letter: {
  readonly language: 'ja' | 'en'
  readonly severity: Severity
  readonly isOver: boolean
  /** What to do. */
  readonly first: string
  readonly lines: readonly string[]
  readonly link: { readonly url: string; readonly text: string } | undefined
  readonly footer: string
}): string {
  const { language, severity, isOver, first, lines, link, footer } = letter
  const colour = colours[isOver ? 'over' : severity]
  const rows = lines.map((line) => `<p style="margin:0 0 6px">${escapeHtml(line)}</p>`).join('\n')
  const button =
    link === undefined
      ? ''
      : `<p style="margin:16px 0"><a href="${escapeHtml(link.url)}" style="color:#1d4ed8">${escapeHtml(link.text)}</a></p>\n`
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:16px;font-family:sans-serif;color:#1a1a1a;background:#ffffff;line-height:1.6">
<p style="margin:0 0 12px;padding-left:12px;border-left:6px solid ${colour};font-size:20px;font-weight:bold">${escapeHtml(first)}</p>
${rows}
${button}<p style="margin:24px 0 0;color:#595959;font-size:12px">${escapeHtml(footer)}</p>
</body></html>
`
}
