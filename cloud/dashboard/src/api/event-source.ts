// The browser's EventSource behind the small interface that the live connection needs.
import { streamEvents, type EventStream, type StreamCallbacks } from './live.ts'

export function openEventSource(url: string, callbacks: StreamCallbacks): EventStream {
  const source = new EventSource(url)
  source.addEventListener('error', () => callbacks.failed(source.readyState === EventSource.CLOSED))
  for (const name of streamEvents) {
    source.addEventListener(name, (event) => callbacks.event(name, String(event.data), event.lastEventId))
  }
  return { close: () => source.close() }
}
