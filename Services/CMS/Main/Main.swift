internal import CMSService
internal import ServiceKit

@main struct Main {
    static func main() { ServiceMain.run(CMSService.self) }
}
