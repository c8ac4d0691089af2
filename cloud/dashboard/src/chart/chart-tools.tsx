// The tools of a chart: zoom, earlier and later, back to the whole, and saving what is shown as a picture or as CSV.
import { useSignal } from '@preact/signals'
import type { ChartApi } from '../api/chart-api.ts'
import { t } from '../text/language.ts'
import { saveFile } from '../format/save-file.ts'
import { chartCsv, drawnWindow } from './chart-file.ts'
import { movesOf, placeOf, type ChartView } from './chart-view.ts'
import { chartFileName } from './file-name.ts'

interface ToolProps {
  readonly name: string
  readonly sign: string
  readonly act: () => void
  readonly disabled?: boolean
}

function Tool({ name, sign, act, disabled = false }: ToolProps) {
  return (
    <button type="button" class="chart-tool" aria-label={name} title={name} disabled={disabled} onClick={act}>
      <span aria-hidden="true">{sign}</span>
    </button>
  )
}

type Saving = { readonly state: 'idle' | 'busy' | 'failed' } | { readonly state: 'saved'; readonly file: string }

function savingText(saving: Saving): string {
  if (saving.state === 'busy') return t('chart.saving')
  if (saving.state === 'failed') return t('chart.saveFailed')
  return saving.state === 'saved' ? t('chart.saved', { file: saving.file }) : ''
}

function Saves({ view, api }: { readonly view: ChartView; readonly api: ChartApi }) {
  const saving = useSignal<Saving>({ state: 'idle' })
  async function save(extension: 'csv' | 'png'): Promise<void> {
    saving.value = { state: 'busy' }
    const window = view.window.peek()
    const file = chartFileName([placeOf(view), ...view.model.peek().curves.map(({ name }) => name)], window, extension)
    try {
      const content =
        extension === 'csv' ? await csv(window) : await (await import('./chart-picture.ts')).chartPicture(view)
      saveFile(content, file)
      saving.value = { state: 'saved', file }
    } catch {
      saving.value = { state: 'failed' }
    }
  }
  async function csv(window: { readonly fromMs: number; readonly toMs: number }): Promise<Blob> {
    const { curves } = view.model.peek()
    const specs = curves.map(({ spec }) => spec)
    const drawn = drawnWindow(
      window,
      curves.map(({ envelope }) => envelope),
    )
    return new Blob([await chartCsv(api, specs, drawn)], { type: 'text/csv;charset=utf-8' })
  }
  const busy = saving.value.state === 'busy'
  return (
    <>
      <button type="button" class="chart-tool chart-save" disabled={busy} onClick={() => void save('png')}>
        {t('chart.png')}
      </button>
      <button type="button" class="chart-tool chart-save" disabled={busy} onClick={() => void save('csv')}>
        {t('chart.csv')}
      </button>
      <p class={saving.value.state === 'failed' ? 'chart-saved fault' : 'chart-saved'} role="status">
        {savingText(saving.value)}
      </p>
    </>
  )
}

export function ChartTools({ view, api }: { readonly view: ChartView; readonly api: ChartApi }) {
  const moves = movesOf(view)
  const isWhole = view.span.value.zoom === undefined
  return (
    <div class="chart-tools" role="group" aria-label={t('chart.tools')}>
      <Tool name={t('chart.zoomIn')} sign="＋" act={() => moves.zoom(0.5)} />
      <Tool name={t('chart.zoomOut')} sign="−" act={() => moves.zoom(2)} />
      <Tool name={t('chart.earlier')} sign="‹" act={() => moves.pan(-0.8)} />
      <Tool name={t('chart.later')} sign="›" act={() => moves.pan(0.8)} disabled={isWhole} />
      <button type="button" class="chart-tool chart-save" disabled={isWhole} onClick={moves.whole}>
        {t('chart.whole')}
      </button>
      <Saves view={view} api={api} />
    </div>
  )
}
