// A UDP port that was free a moment ago, for servers that cannot choose one themselves.
import { createSocket } from 'node:dgram'

export function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
}
