// Draws its content only once it has come near the window, so that a site with a hundred series asks for few at a time.
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

export function WhenSeen({
  children,
  className,
}: {
  readonly children: ComponentChildren
  readonly className: string
}) {
  const seen = useSignal(false)
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return
        seen.value = true
        observer.disconnect()
      },
      { rootMargin: '200px' },
    )
    if (element.current !== null) observer.observe(element.current)
    return () => observer.disconnect()
  }, [seen])
  return (
    <div class={className} ref={element}>
      {seen.value && children}
    </div>
  )
}
