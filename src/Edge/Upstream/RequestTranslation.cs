using Edge.Pipeline;

namespace Edge.Upstream;

public static class RequestTranslation
{
    public static bool Run(RequestContext context) => context.Fail(ErrorCode.UnsupportedFeature);
}
