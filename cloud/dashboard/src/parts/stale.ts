// Whether what the screen shows is from before the connection broke. Like the language, it concerns every part that says a state.
import { signal } from '@preact/signals'

export const stale = signal(false)
