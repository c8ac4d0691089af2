// A lighting circuit as the gateway knows it, free of schemas.

export interface LightingCircuit {
  readonly id: string
  /** An id under models/packages or a path: a package for `lamp-fault`. */
  readonly package: string
  /** Series of the supply voltage at the cabinet, V. */
  readonly voltage: string | undefined
  /** In the order of the cable. `power`: series in W; `command`: series that is 1 while the lamp is switched on. */
  readonly lamps: readonly { readonly power: string; readonly command: string | undefined }[]
  /** Seconds of the model that pass in one second; 1 but in a demonstration. */
  readonly pace: number
}
