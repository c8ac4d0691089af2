// Compiles the schema of a request when the first such request comes: a hub has some 400 of them, and starts without most.
import { AjvCompiler, type BuildCompilerFromPool } from '@fastify/ajv-compiler'

type Validate = ReturnType<ReturnType<BuildCompilerFromPool>>

const buildEagerly = AjvCompiler()

/** Fastify's own compiler, put off. A schema that cannot be compiled fails its first request; the isolation test makes one of each route. */
export const buildLazyValidator: BuildCompilerFromPool = (externalSchemas, options) => {
  const compile = buildEagerly(externalSchemas, options)
  return (schema) => {
    let compiled: Validate | undefined
    const validate = (value: unknown) => {
      compiled ??= compile(schema)
      const isValid = compiled(value)
      Object.assign(validate, { errors: compiled.errors })
      return isValid
    }
    return validate as Validate
  }
}
