"""A club in Django whose members a Worker greets too: both keep what they know in one cache.

REDIS_URL=redis://localhost:6379 python app.py runserver 8000
"""

import os
import sys

import django
from django.conf import settings
from django.core.cache import cache
from django.core.management import execute_from_command_line
from django.http import HttpRequest, JsonResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ.get("REDIS_URL", "redis://localhost:6379"),
            "KEY_PREFIX": "club",
        }
    },
)
django.setup()


def join(request: HttpRequest, name: str) -> JsonResponse:
    """Begins a session, which Django keeps in the cache."""
    request.session["name"] = name
    cache.add("members", 0, timeout=None)
    return JsonResponse({"name": name, "members": cache.incr("members")})


def seen(request: HttpRequest, name: str) -> JsonResponse:
    """When the Worker greeted a member, and how often."""
    found = cache.get_many([f"seen:{name}", f"greetings:{name}"])
    moment = found.get(f"seen:{name}")
    return JsonResponse({"seen": moment and moment.isoformat(), "greetings": found.get(f"greetings:{name}", 0)})


urlpatterns = [path("join/<name>", join), path("seen/<name>", seen)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
