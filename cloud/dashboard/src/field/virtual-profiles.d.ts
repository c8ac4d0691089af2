// Made by field-build.ts out of firmware-bridge/profiles.
declare module 'virtual:profiles' {
  export const profiles: readonly {
    readonly id: string
    readonly label: { readonly ja: string; readonly en: string }
  }[]
}
