// What proves a line of a log, behind a press: names and values as they were kept.
export type Fact = readonly [name: string, value: string]

export function ProofDetails({ summary, facts }: { readonly summary: string; readonly facts: readonly Fact[] }) {
  return (
    <details class="delivery-proof">
      <summary>{summary}</summary>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="code">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
