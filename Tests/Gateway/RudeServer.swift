import Glibc
import Runtime
import Synchronization

/// A server that takes requests and says nothing: it closes as soon as a whole header is there.
final class RudeServer: Sendable {
    let port: Int
    private let descriptor: Int32
    private let count = Atomic<Int>(0)

    var url: String { "http://127.0.0.1:\(port)" }
    /// Requests that it got.
    var requests: Int { count.load(ordering: .relaxed) }

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, generic, &size) == 0
            }
        }
        precondition(isBound, "no port for a test")
        descriptor = listener
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Serves until `stop`, on a thread of its own.
    func start() {
        NamedThread.start("rude") { [self] in
            while true {
                let peer = accept(descriptor, nil, nil)
                guard peer >= 0 else { return }
                var text = ""
                var buffer = [UInt8](repeating: 0, count: 4_096)
                while !text.contains("\r\n\r\n") {
                    let got = recv(peer, &buffer, buffer.count, 0)
                    guard got > 0 else { break }
                    text += String(decoding: buffer[..<got], as: UTF8.self)
                }
                if text.contains("\r\n\r\n") { count.add(1, ordering: .relaxed) }
                close(peer)
            }
        }
    }

    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { close(descriptor) }
}
