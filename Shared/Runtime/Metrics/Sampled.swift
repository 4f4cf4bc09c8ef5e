/// What a sampled measurement is.
public enum SampleKind: String, Sendable {
    /// It only grows.
    case counter
    /// It rises and falls.
    case gauge
}

/// A measurement that is read from elsewhere when it is rendered.
final class Sampled: MetricFamily {
    let description: Description
    private let kind: SampleKind
    private let read: @Sendable () -> Double?

    init(_ description: Description, kind: SampleKind, read: @escaping @Sendable () -> Double?) {
        self.description = description
        self.kind = kind
        self.read = read
    }

    func render(into text: inout String) {
        guard let value = read() else { return }
        text += description.header(kind.rawValue)
        text += "\(description.name) \(Description.number(value))\n"
    }
}
