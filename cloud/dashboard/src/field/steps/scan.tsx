// Reads the label: by the camera, from a picture, or from what was pasted.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { readClaimText } from '../../../../../provisioning/est/claim-text.ts'
import type { Draft } from '../draft.ts'
import { change, move } from '../field.ts'
import { Act, Notice } from '../../phone/controls.tsx'
import { PasteField, Screen } from '../parts.tsx'
import { openQrReader } from '../qr-reader.ts'
import { say } from '../text/say.ts'

const everyMs = 150

interface Read {
  readonly gateway: string
  readonly hub: string
}

function read(text: string): Read | undefined {
  try {
    const { identity, hub } = readClaimText(text)
    return { gateway: `${identity.tenant}/${identity.gateway}`, hub }
  } catch {
    return undefined
  }
}

export function ScanStep({ draft }: { readonly draft: Draft }) {
  const isScanning = useSignal(false)
  const fault = useSignal<string | undefined>(undefined)
  const found = draft.claim === undefined ? undefined : read(draft.claim)
  const take = (text: string): void => {
    const label = read(text)
    isScanning.value = false
    if (label === undefined) {
      fault.value = say('scan.wrong')
    } else if (draft.kind === 'replaced-gateway' && draft.gateway !== undefined && draft.gateway !== label.gateway) {
      fault.value = say('scan.other', { gateway: draft.gateway, found: label.gateway })
    } else {
      fault.value = undefined
      void change({ claim: text.trim(), gateway: label.gateway })
    }
  }
  const failed = (): void => {
    isScanning.value = false
    fault.value = say('scan.noCamera')
  }
  if (found !== undefined) return <Found found={found} />
  return (
    <Screen
      title={say('scan.title')}
      actions={
        isScanning.value ? (
          <Act kind="quiet" text={say('scan.stop')} act={() => (isScanning.value = false)} />
        ) : (
          <Act text={say('scan.start')} act={() => (isScanning.value = true)} />
        )
      }
      back
    >
      <p>{say('scan.about')}</p>
      {fault.value !== undefined && <Notice kind="fault">{fault.value}</Notice>}
      {isScanning.value && <Camera take={take} failed={failed} />}
      <PictureInput take={take} failed={() => (fault.value = say('scan.noCode'))} />
      <PasteField title={say('scan.type')} name={say('scan.field')} button={say('app.next')} take={take} />
    </Screen>
  )
}

function Found({ found }: { readonly found: Read }) {
  return (
    <Screen
      title={say('scan.found')}
      actions={
        <>
          <Act text={say('app.next')} act={() => void move(1)} />
          <Act kind="quiet" text={say('scan.again')} act={() => void change({ claim: '' })} />
        </>
      }
      back
    >
      <dl class="facts">
        <dt>{say('scan.gateway')}</dt>
        <dd class="large">{found.gateway}</dd>
        <dt>{say('scan.hub')}</dt>
        <dd>{found.hub}</dd>
      </dl>
    </Screen>
  )
}

/** Looks through the camera until a code is read. */
function Camera({ take, failed }: { readonly take: (text: string) => void; readonly failed: () => void }) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const closing = new AbortController()
    let stream: MediaStream | undefined
    const look = async (): Promise<void> => {
      const facing = { video: { facingMode: 'environment', width: { ideal: 1280 } } }
      const [opened, reader] = await Promise.all([navigator.mediaDevices.getUserMedia(facing), openQrReader()])
      stream = opened
      const shown = video.current
      if (closing.signal.aborted || shown === null) return close()
      shown.srcObject = opened
      await shown.play()
      while (!closing.signal.aborted) {
        const text = await reader.read(shown)
        if (text !== undefined && !closing.signal.aborted) return take(text)
        await new Promise((resolve) => setTimeout(resolve, everyMs))
      }
    }
    const close = (): void => {
      for (const track of stream?.getTracks() ?? []) track.stop()
    }
    look().catch(() => closing.signal.aborted || failed())
    return () => {
      closing.abort()
      close()
    }
  }, [])
  return <video class="camera" ref={video} muted playsInline aria-label={say('scan.title')} />
}

function PictureInput({ take, failed }: { readonly take: (text: string) => void; readonly failed: () => void }) {
  const picked = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    try {
      const bitmap = await createImageBitmap(file)
      const text = await (await openQrReader()).read(bitmap)
      bitmap.close()
      if (text === undefined) failed()
      else take(text)
    } catch {
      failed()
    }
  }
  return (
    <label class="button button-quiet file">
      {say('scan.picture')}
      <input
        type="file"
        accept="image/*"
        aria-label={say('scan.picture')}
        onChange={(event) => void picked(event.currentTarget.files?.[0])}
      />
    </label>
  )
}
