import Foundation
import Glibc
import Runtime

/// Waits until somebody listens.
enum Listening {
    static func wait(on port: Int, _ program: RunningProgram) async throws {
        try await NamedThread.run("bench-listening") {
            let end = ContinuousClock.now + .seconds(30)
            while !accepts(port) {
                guard program.process.isRunning, ContinuousClock.now < end else {
                    let words = FileManager.default.contents(atPath: program.log) ?? Data()
                    throw BenchError(
                        "nobody listens on \(port): "
                            + String(decoding: words.suffix(400), as: UTF8.self))
                }
                usleep(5_000)
            }
        }
    }

    private static func accepts(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
