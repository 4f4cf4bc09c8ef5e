import Glibc
import Runtime
import Synchronization
import TestSupport

/// A server that takes requests and says nothing: it closes as soon as a whole header is there.
final class RudeServer: Sendable {
    let port: Int
    private let descriptor: Int32
    private let count = Atomic<Int>(0)

    var url: String { "http://127.0.0.1:\(port)" }
    /// Requests that it got.
    var requests: Int { count.load(ordering: .relaxed) }

    init() throws {
        (descriptor, port) = try LoopbackServer.listeningSocket()
    }

    /// Serves until `stop`, on a thread of its own, and on one for each peer: who says nothing,
    /// such as a probe that came too late, keeps nobody waiting.
    func start() {
        NamedThread.start("rude") { [self] in
            while true {
                let peer = accept(descriptor, nil, nil)
                guard peer >= 0 else { return }
                NamedThread.start("rude-peer") { [self] in serve(peer) }
            }
        }
    }

    private func serve(_ peer: Int32) {
        defer { close(peer) }
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !text.contains("\r\n\r\n") {
            let got = recv(peer, &buffer, buffer.count, 0)
            guard got > 0 else { return }
            text += String(decoding: buffer[..<got], as: UTF8.self)
        }
        count.add(1, ordering: .relaxed)
    }

    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { close(descriptor) }
}
