// Which screen of the field page is shown.
import type { Step } from './draft.ts'
import { current, finished } from './field.ts'
import { Head } from './parts.tsx'
import { DevicesStep } from './steps/devices.tsx'
import { Done } from './steps/done.tsx'
import { Home } from './steps/home.tsx'
import { LocalStep } from './steps/local.tsx'
import { PhotoStep } from './steps/photo-step.tsx'
import { PickStep } from './steps/pick.tsx'
import { PlaceStep } from './steps/place.tsx'
import { PositionStep } from './steps/position.tsx'
import { ScanStep } from './steps/scan.tsx'
import { SignStep } from './steps/sign.tsx'

const steps = {
  pick: PickStep,
  scan: ScanStep,
  place: PlaceStep,
  position: PositionStep,
  devices: DevicesStep,
  photo: PhotoStep,
  local: LocalStep,
  sign: SignStep,
} as const satisfies Readonly<Record<Step, unknown>>

function Shown() {
  const draft = current.value
  if (draft === undefined) return finished.value === undefined ? <Home /> : <Done id={finished.value} />
  const StepOfDraft = steps[draft.step]
  return <StepOfDraft key={`${draft.id} ${draft.step}`} draft={draft} />
}

export function App() {
  return (
    <div class="page">
      <Head />
      <Shown />
    </div>
  )
}
