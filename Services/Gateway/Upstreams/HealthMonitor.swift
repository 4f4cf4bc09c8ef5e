internal import HTTP
internal import Runtime

/// Asks every replica of every service again and again whether it is ready.
final class HealthMonitor: Component, Sendable {
    static let interval: Duration = .seconds(1)
    /// How long an answer may take.
    static let timeout: Duration = .milliseconds(2_500)
    /// The most bytes of an answer.
    private static let bodyLimit = 65_536

    private let pools: [UpstreamPool]
    private let http: HTTPClient
    private let loop: EventLoop

    /// - Parameter http: not the one that carries requests, so that questions never wait for those.
    init(pools: [UpstreamPool], http: HTTPClient, loop: EventLoop) {
        self.pools = pools
        self.http = http
        self.loop = loop
    }

    func run(_ lifecycle: Lifecycle) async throws {
        lifecycle.ready()
        repeat { await probe() } while await lifecycle.pause(Self.interval, on: loop)
    }

    /// Asks all of them once, all at the same time.
    func probe() async {
        await withDiscardingTaskGroup { group in
            for pool in pools {
                for (index, url) in pool.urls.enumerated() {
                    group.addTask { [self] in
                        let start = ContinuousClock.now
                        let answer = await ask(url)
                        pool.probed(
                            index, answer,
                            milliseconds: (ContinuousClock.now - start) / .milliseconds(1))
                    }
                }
            }
        }
    }

    private func ask(_ url: String) async -> ProbeRecord.Answer {
        do {
            let response = try await http.send(
                HTTPClientRequest(.get, url + "/readyz", timeout: Self.timeout))
            // Read to its end, so that the connection is kept.
            _ = try await response.body.collect(upTo: Self.bodyLimit)
            return response.status == .ok ? .ready : .unready
        } catch {
            return .nothing
        }
    }
}
